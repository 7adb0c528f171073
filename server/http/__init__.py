"""Requests in, answers out: what every REST handler shares."""
