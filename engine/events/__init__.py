"""Everything that can happen: one struct per event type, one module per noun. Pure.

Names are past tense. A field is only ever added, with a default: old logs must replay. Events
carry whole rows, never deltas, so applying one twice is the same as applying it once.

Whoever records an event imports it from its noun; whoever handles any event, from ``table``
(which there are), ``recorded`` (how they are kept and sent) or ``event`` (what all have).
"""
