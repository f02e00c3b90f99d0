"""The files of a pack that are for machines: descriptor, OSCAL and the control map used."""
