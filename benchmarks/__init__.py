"""How fast this library is, beside stock eventsourcing and beside the bare drivers."""
