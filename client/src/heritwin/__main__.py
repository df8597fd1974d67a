"""``python -m heritwin``: the command, where the console script is not on the path."""

from heritwin.command import main

main()
