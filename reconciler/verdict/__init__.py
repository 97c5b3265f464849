"""That a plan has found nothing to do: so the next one need not read what has not changed.

    places        the files and folders that a plan looks at
    sweep         what the file system says of them, as one digest
    git_facts     what Git says
    program       which program has decided
    kept          the verdict, in a file of the user's cache
    run           one run: is there a verdict that still holds, and what is kept at the end

Derived from the files, and never believed over them: docs/explanation/cache.md. All of it is loaded at every
plan, so it needs next to nothing.
"""
