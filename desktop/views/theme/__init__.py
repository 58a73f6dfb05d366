"""How everything looks: colours, type, icons, painted marks. Knows no screen and no service."""
