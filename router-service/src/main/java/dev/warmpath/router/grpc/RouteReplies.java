package dev.warmpath.router.grpc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.route.CandidateCost;
import dev.warmpath.router.route.ExcludedTarget;
import dev.warmpath.router.route.PromptOverlap;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.CostTerm;
import dev.warmpath.v1.Overlap;
import dev.warmpath.v1.RouteReply;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/** Decisions as messages. Any thread. */
final class RouteReplies {
  private final IntPredicate stale;
  private final IntToLongFunction reportAgeNanos;

  /**
   * @param stale whether the index may be behind a slot's target
   * @param reportAgeNanos age of the load report of a slot; {@link LoadLedger#NOT_REPORTED} for
   *     none
   */
  RouteReplies(IntPredicate stale, IntToLongFunction reportAgeNanos) {
    this.stale = stale;
    this.reportAgeNanos = reportAgeNanos;
  }

  RouteReply reply(RouteQuery query, Decision decision) {
    RouteReply.Builder reply =
        RouteReply.newBuilder()
            .setTarget(FleetReplies.target(decision.target()))
            .setOverlap(overlap(query, decision.overlap()))
            .setBookingId(decision.bookingId())
            .setReason(reason(query, decision))
            .setPolicy(decision.policy());
    if (decision.prefillTarget() != null) {
      reply.setPrefillTarget(FleetReplies.target(decision.prefillTarget()));
    }
    for (CandidateCost candidate : decision.candidates()) {
      reply.addCandidates(candidate(query, candidate));
    }
    for (ExcludedTarget excluded : decision.excluded()) {
      reply.addCandidates(excluded(query, excluded));
    }
    return reply.build();
  }

  private String reason(RouteQuery query, Decision decision) {
    int promptBlocks = blocks(query);
    return Reason.of(decision, promptBlocks, stale.test(decision.promptTarget().slot()));
  }

  private Candidate candidate(RouteQuery query, CandidateCost candidate) {
    Candidate.Builder reply =
        Candidate.newBuilder()
            .setTarget(FleetReplies.target(candidate.target()))
            .setRole(FleetReplies.role(candidate.target().worker().role()))
            .setCost(candidate.cost())
            .setOverlap(overlap(query, candidate.overlap()))
            .setQueuedPrefillTokens(candidate.queuedPrefillTokens())
            .setActiveBlocks(candidate.activeBlocks())
            .setActiveRequests((int) candidate.activeRequests())
            .setStale(stale.test(candidate.target().slot()))
            .setChosen(candidate.chosen());
    long ageNanos = reportAgeNanos.applyAsLong(candidate.target().slot());
    if (ageNanos != LoadLedger.NOT_REPORTED) {
      reply.setLoadReportAgeMs(NANOSECONDS.toMillis(ageNanos));
    }
    for (int i = 0; i < candidate.terms().size(); i++) {
      reply.addTerms(
          CostTerm.newBuilder()
              .setName(candidate.termNames().get(i))
              .setValue(candidate.terms().get(i)));
    }
    return reply.build();
  }

  private Candidate excluded(RouteQuery query, ExcludedTarget excluded) {
    return Candidate.newBuilder()
        .setTarget(FleetReplies.target(excluded.target()))
        .setRole(FleetReplies.role(excluded.target().worker().role()))
        .setOverlap(overlap(query, excluded.overlap()))
        .setQueuedPrefillTokens(excluded.queuedPrefillTokens())
        .setActiveBlocks(excluded.activeBlocks())
        .setActiveRequests((int) excluded.activeRequests())
        .setStale(stale.test(excluded.target().slot()))
        .setExcludedBy(excluded.by().filterName())
        .setExclusion(excluded.by().complaint())
        .build();
  }

  private static Overlap overlap(RouteQuery query, PromptOverlap overlap) {
    return Overlap.newBuilder()
        .setDeviceBlocks(overlap.deviceBlocks())
        .setHostBlocks(overlap.hostBlocks())
        .setDiskBlocks(overlap.diskBlocks())
        .setExternalBlocks(overlap.externalBlocks())
        .setCachedTokens(overlap.cachedTokens())
        .setPromptBlocks(blocks(query))
        .setPromptTokens(query.promptTokens())
        .build();
  }

  private static int blocks(RouteQuery query) {
    return query.targets().hasher().blockCount(query.promptTokens());
  }
}
