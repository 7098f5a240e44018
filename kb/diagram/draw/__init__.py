"""Views as text: DOT, SVG, Mermaid, PlantUML and HTML. Pure."""
