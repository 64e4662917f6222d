"""A farm in a box: machines that speak the real protocols over real sockets. Stands apart: the product never imports it."""
