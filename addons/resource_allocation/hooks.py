def post_init_hook(env):
    """Refuse the installation where the database did not take the guards."""
    env["resource.allocation"]._check_guards()


def uninstall_hook(env):
    """Give core's list of resources back what we leave out of it."""
    action = env.ref("resource.action_resource_resource_tree", raise_if_not_found=False)
    if action and "bookable" in (action.domain or ""):
        action.domain = False
