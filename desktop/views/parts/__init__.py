"""Small widgets that every screen is built of. They show and announce; they decide nothing."""
