"""Charts as shapes: where each rectangle, dot and letter of a chart stands, one module a kind of chart. Pure."""
