"""The trade itself: how backup evidence is captured, read, judged, sealed and kept. Plain Python."""
