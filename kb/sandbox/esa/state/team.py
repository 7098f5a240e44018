"""The state of an esa team: posts, comments, members, and indexes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kb.sandbox.core.counters import Notices
from kb.sandbox.core.system import Clock
from kb.sandbox.esa.state import derive, match
from kb.sandbox.esa.state.behaviour import Behaviour
from kb.sandbox.esa.state.hooks import Hooks
from kb.sandbox.esa.state.match import Predicate, Searcher
from kb.sandbox.esa.state.orders import KEYS, PostOrders
from kb.sandbox.esa.state.query import Query, Term, conjuncts
from kb.sandbox.esa.state.records import EsaComment, EsaMember, EsaPost, StoredFile


@dataclass(frozen=True, slots=True)
class TokenReader:
    """A reader: a member, and the categories the token is allowed (None: all)."""

    screen_name: str
    categories: tuple[str, ...] | None = None


class EsaTeam:
    """A team's content. Change it through the methods, which keep the indexes."""

    def __init__(self, clock: Clock, behaviour: Behaviour) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.posts: dict[int, EsaPost] = {}
        self.comments: dict[int, EsaComment] = {}
        self.members: dict[str, EsaMember] = {}
        self.former: dict[str, EsaMember] = {}
        self.files: dict[str, StoredFile] = {}  # by path
        self.dropped: dict[int, tuple[EsaPost, list[EsaComment]]] = {}
        self.limited: dict[str, frozenset[str]] = {}
        self.by_category: dict[str, set[int]] = {}
        self.hidden: set[int] = set()
        self.last_number = 0
        self.last_comment = 0
        self.notices, self.hooks = Notices("notices", "webhooks"), Hooks()
        self._orders: PostOrders | None = None
        self._feed: list[EsaComment] | None = None
        self._links: dict[int, set[int]] | None = None
        self._unindexed: dict[int, tuple[int, EsaPost | None]] = {}

    @property
    def now(self) -> int:
        """Return epoch seconds."""
        return int(self.clock().timestamp())

    def person(self, screen_name: str) -> EsaMember | None:
        """Return a present or former member."""
        return self.members.get(screen_name) or self.former.get(screen_name)

    def copy(self) -> EsaTeam:
        """Return an independent copy; texts are shared, they never change in place."""
        twin = EsaTeam(self.clock, self.behaviour)
        twin.members = {name: copy.copy(member) for name, member in self.members.items()}
        twin.former = {name: copy.copy(member) for name, member in self.former.items()}
        twin.comments = {id: copy.copy(comment) for id, comment in self.comments.items()}
        for comment in twin.comments.values():
            comment.stargazers = dict(comment.stargazers)
        twin.files, twin.limited = dict(self.files), dict(self.limited)
        for post in self.posts.values():
            twin.add(copy.copy(post))
        for post in twin.posts.values():
            post.comments, post.history = list(post.comments), list(post.history)
            post.stargazers, post.watchers = dict(post.stargazers), dict(post.watchers)
        twin.last_number, twin.last_comment = self.last_number, self.last_comment
        return twin

    # Posts

    def add(self, post: EsaPost) -> None:
        """Add a post with an unused number."""
        self._lag(post.number, None)
        self.posts[post.number] = post
        self.last_number = max(self.last_number, post.number)
        self._index(post)
        if self._orders is not None:
            self._orders.add(post)

    def change(self, post: EsaPost, **values: object) -> None:
        """Set fields of a post."""
        self._lag(post.number, copy.copy(post))
        self._unindex(post)
        for name, value in values.items():
            setattr(post, name, value)
        post.settle()
        self._index(post)
        self.note_change()

    def drop(self, post: EsaPost) -> None:
        """Delete a post with its comments."""
        self._lag(post.number, copy.copy(post))
        self._unindex(post)
        self.dropped[post.number] = post, [self.comments.pop(id) for id in post.comments]
        self._feed = None
        del self.posts[post.number]
        if self._orders is not None:
            self._orders.remove(post)

    def restore(self, number: int) -> EsaPost | None:
        """Restore a deleted post with its comments, as in the browser; None for no such post."""
        post, comments = self.dropped.pop(number, (None, []))
        if post is not None:
            self.add(post)
            self.comments |= {row.id: row for row in comments}
            self._feed = None
        return post

    def has_had(self, number: int) -> bool:
        """Whether a post has or had a number."""
        return number in self.posts or number in self.dropped

    def note_change(self) -> None:
        """Note that a count or time of a post changed."""
        if self._orders is not None:
            self._orders.mark_stale()

    def _index(self, post: EsaPost) -> None:
        self.by_category.setdefault(post.category, set()).add(post.number)
        if post.hidden:
            self.hidden.add(post.number)
        if self._links is not None:
            for number in derive.linked_posts(post.body_md):
                self._links.setdefault(number, set()).add(post.number)

    def _unindex(self, post: EsaPost) -> None:
        numbers = self.by_category[post.category]
        numbers.discard(post.number)
        if not numbers:
            del self.by_category[post.category]
        self.hidden.discard(post.number)
        if self._links is not None:
            for number in derive.linked_posts(post.body_md):
                self._links[number].discard(post.number)

    # Comments

    def add_comment(self, comment: EsaComment) -> None:
        """Add a comment to an existing post."""
        self.comments[comment.id] = comment
        self.last_comment = max(self.last_comment, comment.id)
        self.posts[comment.number].comments.append(comment.id)
        self._feed = None
        self.note_change()

    def drop_comment(self, comment: EsaComment) -> None:
        """Delete a comment."""
        del self.comments[comment.id]
        self.posts[comment.number].comments.remove(comment.id)
        self._feed = None
        self.note_change()

    def feed(self) -> list[EsaComment]:
        """Return all comments, newest first."""
        if self._feed is None:
            self._feed = sorted(self.comments.values(), key=lambda c: (c.created, c.id), reverse=True)
        return self._feed

    # Reading

    def readable(self, reader: TokenReader) -> Predicate | None:
        """Return a predicate of posts `reader` may see; None when that is all."""
        allowed, me = reader.categories, reader.screen_name
        limits = [category for category, members in self.limited.items() if me not in members]
        if allowed is None and not limits and not self.hidden:
            return None

        def visible(post: EsaPost) -> bool:
            if post.hidden and post.created_by != me:
                return False
            if allowed is not None and not any(derive.is_under(post.category, top) for top in allowed):
                return False
            return not any(derive.is_under(post.category, top) for top in limits)

        return visible

    def can_read(self, post: EsaPost, reader: TokenReader) -> bool:
        """Whether `reader` may see a post."""
        visible = self.readable(reader)
        return visible is None or visible(post)

    def select(self, query: Query, reader: TokenReader, sort: str, ascending: bool) -> list[EsaPost]:
        """Return the posts of a list in its order. No scan for numbers, `on:` and no query."""
        narrowed = match.narrow(query)
        test = match.predicate(narrowed.rest, self.searcher(query, reader))
        if query.expr is not None and self._lagging():
            found = self._select_from_old_index(query, reader)
        elif narrowed.category is not None:
            numbers = self.by_category.get(narrowed.category, set())
            found = [self.posts[n] for n in sorted(numbers) if narrowed.low <= n <= narrowed.high]
        elif narrowed.by_number:
            found = self.orders().between(narrowed.low, narrowed.high)
        elif sort == "best_match" and query.expr is not None:
            found = self.orders().ascending("number")
        else:
            found = self.orders().ascending(sort)
            return _filter(found, test, self.readable(reader), reverse=not ascending)
        found = _filter(found, test, self.readable(reader), reverse=False)
        if sort == "best_match":
            found.sort(key=_match_key(query))
        elif sort != "number":
            found.sort(key=KEYS[sort])
        return found if ascending else found[::-1]

    def searcher(self, query: Query, reader: TokenReader) -> Searcher:
        """Return what a search depends on besides posts."""
        return Searcher(reader.screen_name, self.comments, self.behaviour.in_by_segment, query.case_sensitive)

    def orders(self) -> PostOrders:
        """Return the sorted lists."""
        if self._orders is None:
            self._orders = PostOrders(self.posts)
        return self._orders

    def backlinks(self, number: int) -> list[EsaPost]:
        """Return posts that link to `number`, newest first, without archived ones and WIP."""
        if self._links is None:
            self._links = {}
            for post in self.posts.values():
                for target in derive.linked_posts(post.body_md):
                    self._links.setdefault(target, set()).add(post.number)
        sources = (self.posts[source] for source in self._links.get(number, ()) if source != number)
        found = [post for post in sources if not post.wip and not derive.is_archived(post.category)]
        return sorted(found, key=lambda post: (post.updated, post.number), reverse=True)

    # The search index lags behind

    def _lag(self, number: int, before: EsaPost | None) -> None:
        if self.behaviour.index_lag_s:
            until = self.now + self.behaviour.index_lag_s
            self._unindexed[number] = (until, self._unindexed.get(number, (0, before))[1])

    def _lagging(self) -> bool:
        now = self.now
        for number in [number for number, (until, _) in self._unindexed.items() if until <= now]:
            del self._unindexed[number]
        return bool(self._unindexed)

    def _select_from_old_index(self, query: Query, reader: TokenReader) -> list[EsaPost]:
        """Search the lagging index; posts deleted since are left out."""
        test = match.predicate(conjuncts(query.expr), self.searcher(query, reader))
        numbers = sorted(self.posts.keys() | self._unindexed.keys())
        found = []
        for number in numbers:
            seen = self._unindexed[number][1] if number in self._unindexed else self.posts[number]
            if seen is not None and number in self.posts and (test is None or test(seen)):
                found.append(self.posts[number])
        return found


def _filter(posts: list[EsaPost], test: Predicate | None, visible: Predicate | None, *, reverse: bool) -> list[EsaPost]:
    found: Iterable[EsaPost] = reversed(posts) if reverse else posts
    if test is not None:
        found = filter(test, found)
    if visible is not None:
        found = filter(visible, found)
    return list(found)


def _match_key(query: Query) -> Callable[[EsaPost], tuple[int, int, int]]:
    """Sort hits in the title first, as by relevance; then by last change."""
    words = [derive.fold(e.value) for e in conjuncts(query.expr) if isinstance(e, Term) and not e.key]
    return lambda post: (sum(word in derive.fold(post.name) for word in words), post.updated, post.number)
