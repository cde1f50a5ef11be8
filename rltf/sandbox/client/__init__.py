"""The client's end of the fork server: processes, wire and clocks."""
