"""`./mizban demo`: the main job on real input, from a kiosk's event to a closed case, and the account of it all."""
