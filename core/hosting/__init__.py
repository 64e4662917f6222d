"""What a machine says and what that means: readings, states, alerts, and the columns of the farm."""
