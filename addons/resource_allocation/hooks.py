def post_init_hook(env):
    """Refuse the installation where the database did not take the guards."""
    env["resource.allocation"]._check_guards()
