"""A farm in a box: machines that speak the real protocols over real sockets. The product never imports it."""
