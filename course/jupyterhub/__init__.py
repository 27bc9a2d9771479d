"""JupyterHub for a class: configuration of the hub, of its users' servers, and of nbgrader's exchange."""
