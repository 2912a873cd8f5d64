"""What the longest steps of the server's loop are: everybody's keys wait for each of them."""
