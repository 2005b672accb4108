"""What is counted later: nothing is lost, and what cannot be counted fails no request."""

import threading

from harness.serve.deferred import ROWS_WAITING, Deferred


def test_what_many_threads_put_while_it_is_taken_is_counted_once_each() -> None:
    taken: list[int] = []
    deferred = Deferred[int](taken.extend)

    def put_many() -> None:
        for _ in range(20_000):
            deferred.put(1)

    threads = [threading.Thread(target=put_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        deferred.flush()
    deferred.flush()
    assert len(taken) == 80_000


def test_no_more_rows_wait_than_a_large_request_has() -> None:
    taken: list[str] = []
    Deferred[str](taken.extend).put("large", rows=ROWS_WAITING + 1)
    assert taken == ["large"]


def test_a_count_that_fails_is_no_error_of_the_request() -> None:
    def fail(_items: list[int]) -> None:
        raise ValueError("12 passengers")

    Deferred[int](fail).put(1, rows=ROWS_WAITING + 1)
