"""Doors to models. `generator` is the protocol, `opening` the way in; a door loads its packages when it is opened."""
