"""Problems planted in a shadow data set each night, to prove that the detectors fire, and a healthy twin, that they do not always. Pure."""
