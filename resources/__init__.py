from pathlib import Path

FOLDER = Path(__file__).parent  # for who cannot wait for importlib.resources to load
