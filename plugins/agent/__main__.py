"""`python -m plugins.agent`: the plugin as a process."""

from plugins.agent import plugin

if __name__ == "__main__":
    plugin.run()
