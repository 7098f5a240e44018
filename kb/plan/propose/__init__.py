"""What kb proposes: one verb a file, a row in, a change out. Pure.

answer = move(post, rules, …)      # a Change, or why there is none, or None: nobody asked
proposed = gathered(answers)
"""
