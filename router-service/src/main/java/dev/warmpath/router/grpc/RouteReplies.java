package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.CandidateCost;
import dev.warmpath.router.route.ExcludedTarget;
import dev.warmpath.router.route.HandOver;
import dev.warmpath.router.route.PromptOverlap;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.CostTerm;
import dev.warmpath.v1.Overlap;
import dev.warmpath.v1.OverlapKind;
import dev.warmpath.v1.PaceSource;
import dev.warmpath.v1.Placement;
import dev.warmpath.v1.RouteReply;

/** Decisions as messages. Any thread. */
final class RouteReplies {
  private final TargetAges ages;

  RouteReplies(TargetAges ages) {
    this.ages = ages;
  }

  RouteReply reply(RouteQuery query, Decision decision) {
    RouteReply.Builder reply =
        RouteReply.newBuilder()
            .setTarget(FleetReplies.target(decision.target()))
            .setOverlap(overlap(query, decision.overlap(), decision.promptTarget()))
            .setBookingId(decision.bookingId())
            .setReason(reason(query, decision))
            .setPolicy(decision.policy());
    reply.setPlacement(placement(decision.placement()));
    if (decision.prefillTarget() != null && decision.handOver() != null) {
      reply.setPrefillTarget(FleetReplies.target(decision.prefillTarget()));
      reply.setHandOver(
          handOver(decision.prefillTarget(), decision.handOver(), decision.bookingId()));
    }
    for (CandidateCost candidate : decision.candidates()) {
      reply.addCandidates(candidate(query, candidate));
    }
    for (ExcludedTarget excluded : decision.excluded()) {
      reply.addCandidates(excluded(query, excluded));
    }
    return reply.build();
  }

  private static Placement placement(dev.warmpath.router.route.Placement placement) {
    return switch (placement) {
      case AGGREGATED -> Placement.PLACEMENT_AGGREGATED;
      case DISAGGREGATED -> Placement.PLACEMENT_DISAGGREGATED;
      case LOCAL_PREFILL -> Placement.PLACEMENT_LOCAL_PREFILL;
      case FALLBACK -> Placement.PLACEMENT_FALLBACK;
    };
  }

  private static dev.warmpath.v1.HandOver handOver(
      Target prefill, HandOver handOver, long bookingId) {
    dev.warmpath.v1.HandOver.Builder reply =
        dev.warmpath.v1.HandOver.newBuilder().setBlocks(handOver.blocks());
    KvHandOver how = prefill.worker().handOver();
    if (how.meets()) {
      reply.setBootstrapHost(how.bootstrapHost()).setBootstrapPort(how.bootstrapPort());
      if (bookingId != Decision.NOT_BOOKED) {
        reply.setBootstrapRoom(HandOver.room(bookingId, prefill.rank(), prefill.worker().ranks()));
      }
    }
    return reply.build();
  }

  private String reason(RouteQuery query, Decision decision) {
    int promptBlocks = blocks(query);
    return Reason.of(decision, promptBlocks, ages.stale(decision.promptTarget().slot()));
  }

  private Candidate candidate(RouteQuery query, CandidateCost candidate) {
    Candidate.Builder reply =
        Candidate.newBuilder()
            .setTarget(FleetReplies.target(candidate.target()))
            .setRole(FleetReplies.role(candidate.target().worker().role()))
            .setCost(candidate.cost())
            .setOverlap(overlap(query, candidate.overlap(), candidate.target()))
            .setQueuedPrefillTokens(candidate.queuedPrefillTokens())
            .setActiveBlocks(candidate.activeBlocks())
            .setActiveRequests((int) candidate.activeRequests())
            .setPaceSource(pace(candidate.pace()))
            .setChosen(candidate.chosen());
    ages.tell(reply, candidate.target().slot());
    for (int i = 0; i < candidate.terms().size(); i++) {
      reply.addTerms(
          CostTerm.newBuilder()
              .setName(candidate.termNames().get(i))
              .setValue(candidate.terms().get(i)));
    }
    return reply.build();
  }

  private Candidate excluded(RouteQuery query, ExcludedTarget excluded) {
    Candidate.Builder reply =
        Candidate.newBuilder()
            .setTarget(FleetReplies.target(excluded.target()))
            .setRole(FleetReplies.role(excluded.target().worker().role()))
            .setOverlap(overlap(query, excluded.overlap(), excluded.target()))
            .setQueuedPrefillTokens(excluded.queuedPrefillTokens())
            .setActiveBlocks(excluded.activeBlocks())
            .setActiveRequests((int) excluded.activeRequests())
            .setExcludedBy(excluded.by().filterName())
            .setExclusion(excluded.by().complaint());
    ages.tell(reply, excluded.target().slot());
    return reply.build();
  }

  private static PaceSource pace(dev.warmpath.router.route.PaceSource pace) {
    return switch (pace) {
      case GIVEN -> PaceSource.PACE_SOURCE_GIVEN;
      case LEARNT -> PaceSource.PACE_SOURCE_LEARNT;
      case OTHERS -> PaceSource.PACE_SOURCE_OTHERS;
      case UNITS -> PaceSource.PACE_SOURCE_UNITS;
    };
  }

  private static Overlap overlap(RouteQuery query, PromptOverlap overlap, Target target) {
    return Overlap.newBuilder()
        .setDeviceBlocks(overlap.deviceBlocks())
        .setHostBlocks(overlap.hostBlocks())
        .setDiskBlocks(overlap.diskBlocks())
        .setExternalBlocks(overlap.externalBlocks())
        .setCachedTokens(overlap.cachedTokens())
        .setPromptBlocks(blocks(query))
        .setPromptTokens(query.promptTokens())
        .setExpectedBlocks(overlap.expectedBlocks())
        .setKind(
            target.worker().publishesEvents()
                ? OverlapKind.OVERLAP_KIND_EXACT
                : OverlapKind.OVERLAP_KIND_APPROXIMATE)
        .build();
  }

  private static int blocks(RouteQuery query) {
    return query.targets().hasher().blockCount(query.promptTokens());
  }
}
