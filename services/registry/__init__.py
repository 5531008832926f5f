"""The registry: which agencies, units, desks, officers and kiosks there are, what they offer, when they are open."""
