"""Sample the world and store it: gateway, validate, store. A bad point is logged and dropped, never raised."""
