"""An engine that lies: what stands where restic stands, the lies that it tells, and the world that hears them."""
