"""What makes a file that somebody uploads safe for everybody else: what it is, what is left out of it, what is refused.

Plain Python without Django, so that ``walls`` can run it in a process of its own that may open nothing. The only way
in from the rest of the portal is ``conglang.portal.content.files.door``.
"""
