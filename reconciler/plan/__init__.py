"""What is to be done, and why: desired tree, observed state and the clock in; a plan, which is data, out."""
