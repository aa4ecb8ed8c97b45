"""Sending calls and telling what became of each. The only place with threads.

Imports point one way: `transport`, then `lanes`, then `contacts` and `event_endpoint`, then
`routes`. `seam`, `outcomes`, `settings` and `traffic` stand below all of them but the transport's
own seam, `bounds` below all. Delivery knows nothing of mapping, the form, the sync or a front.
"""
