"""The loop that joins the machine, the CA, the challenges and the store."""
