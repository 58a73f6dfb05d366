"""The window around the screens: rail, top bar, status bar, panels, toasts, palette, undo."""
