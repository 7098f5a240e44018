"""Pictures as text: what a view shows, and its DOT, SVG, Mermaid, PlantUML and HTML. Pure."""
