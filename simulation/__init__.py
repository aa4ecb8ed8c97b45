"""A simulator of the whole write path: the real connector in a made-up world.

One thread, and a clock that jumps from event to event. A seed decides everything that happens, so
every failure can be played again. The world replaces only what touches the outside: time, chance,
the network with Inflection behind it, the store of rejected records, the source and the platform.
"""
