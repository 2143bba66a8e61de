package dev.warmpath.router.replay;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.route.Placements;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.Router;
import dev.warmpath.router.route.Sessions;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The routers of a replay: requests come to them in turn, and each hears of the bookings and
 * reports of the others after a while. One thread.
 */
final class ReplayRouters {
  private final Router[] routers;
  private final LoadLedger[] ledgers;
  private final long[][] bookingIds;
  private final long syncLagNanos;
  private final ArrayDeque<Word> underway = new ArrayDeque<>();
  private final Overlaps overlaps = new Overlaps();

  /**
   * @param placements hears of prompts on targets that publish no events
   */
  ReplayRouters(ReplayFaults faults, LedgerLimits limits, int requests, Placements placements) {
    int count = faults.routers();
    routers = new Router[count];
    ledgers = new LoadLedger[count];
    bookingIds = new long[count][requests];
    syncLagNanos = faults.syncLag().equals(ReplayFaults.NEVER) ? -1 : faults.syncLag().toNanos();
    for (int i = 0; i < count; i++) {
      ledgers[i] = new LoadLedger(limits, 1);
      routers[i] = new Router(ledgers[i], _ -> true, _ -> false, new Sessions(1, 0), placements);
    }
  }

  /** Places a request by the router whose turn it is. */
  Decision route(int request, RouteQuery query, long nowNanos) {
    hearUntil(nowNanos);
    int router = routerOf(request);
    return switch (routers[router].route(query, overlaps, nowNanos)) {
      case Decision decision -> {
        bookingIds[router][request] = decision.bookingId();
        int slot = decision.promptTarget().slot();
        int uncached = query.promptTokens() - decision.overlap().cachedTokens();
        Load load =
            new Load(slot, slot, query.promptTokens(), uncached, query.targets().blockSize());
        tellOthers(new Word(nowNanos, request, router, load, false));
        yield decision;
      }
      case RouteResult.Refusal refusal ->
          throw new IllegalStateException("request %d refused: %s".formatted(request, refusal));
      case RouteResult.AllExcluded all ->
          throw new IllegalStateException(
              "request %d refused: %s".formatted(request, all.describe()));
    };
  }

  /** A request's prompt is computed. */
  void firstToken(int request, long nowNanos) {
    hearUntil(nowNanos);
    int router = routerOf(request);
    ledgers[router].firstToken(bookingIds[router][request], nowNanos);
    tellOthers(new Word(nowNanos, request, router, null, false));
  }

  /** A request is done. */
  void finished(int request, long nowNanos) {
    hearUntil(nowNanos);
    int router = routerOf(request);
    ledgers[router].finish(bookingIds[router][request], nowNanos);
    tellOthers(new Word(nowNanos, request, router, null, true));
  }

  private int routerOf(int request) {
    return request % routers.length;
  }

  private void tellOthers(Word word) {
    if (routers.length > 1 && syncLagNanos >= 0) {
      underway.add(word);
    }
  }

  private void hearUntil(long nowNanos) {
    while (!underway.isEmpty() && underway.getFirst().saidNanos + syncLagNanos <= nowNanos) {
      Word word = underway.removeFirst();
      for (int router = 0; router < routers.length; router++) {
        if (router != word.router) {
          hear(router, word, word.saidNanos + syncLagNanos);
        }
      }
    }
  }

  private void hear(int router, Word word, long nowNanos) {
    LoadLedger ledger = ledgers[router];
    long[] ids = bookingIds[router];
    if (word.booked != null) {
      ids[word.request] = ledger.book(word.booked, nowNanos);
    } else if (word.finished) {
      ledger.finish(ids[word.request], nowNanos);
    } else {
      ledger.firstToken(ids[word.request], nowNanos);
    }
  }

  /**
   * What one router tells the others.
   *
   * @param booked the load of a booking; null for a report
   * @param finished whether the report is the last one
   */
  private record Word(
      long saidNanos, int request, int router, @Nullable Load booked, boolean finished) {}
}
