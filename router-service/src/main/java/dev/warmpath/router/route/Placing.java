package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One request's way to its targets: which pools have somebody to offer, who of them is cheapest.
 * Reused, since it has the working memory of a decision; one thread at a time; books nothing.
 */
@SuppressWarnings("NullAway.Init") // place comes first
final class Placing {
  private final TargetFacts facts;
  private final LastScreening prefillScreening = new LastScreening();
  private final LastScreening otherScreening = new LastScreening();
  private final Pick promptPick;
  private final Pick decodePick;
  private final Pick localPick;
  private final Candidates others;
  private RouteQuery query;
  private Overlaps overlaps;
  private Recent recent;
  private Sessions.@Nullable Binding session;
  private Pick prompt;

  Placing(LoadLedger ledger, IntPredicate stale) {
    facts = new TargetFacts(ledger, stale, 0);
    promptPick = new Pick(ledger);
    decodePick = new Pick(ledger);
    localPick = new Pick(ledger);
    others = new Candidates(ledger);
  }

  /**
   * The decision, or why there is none.
   *
   * @param bound where the request's session is; null when it has none
   */
  RouteResult place(
      RouteQuery asked,
      Overlaps found,
      Recent lately,
      Sessions.@Nullable Binding bound,
      long nowNanos) {
    query = asked;
    overlaps = found;
    recent = lately;
    session = bound;
    facts.moveTo(nowNanos);
    return place();
  }

  private RouteResult place() {
    ModelTargets targets = query.targets();
    List<Screening> seen = query.explain() ? new ArrayList<>() : List.of();
    if (targets.hasPools()) {
      Screening prefill = screening(targets.prefill(), seen);
      Screening decode = screening(targets.decode(), seen);
      if (prefill.anybody() && decode.anybody()) {
        return inPools(prefill, decode, seen);
      }
      if (targets.aggregated().isEmpty()) {
        return decode.anybody() && decodeMayPrefill()
            ? onOne(decode, Placement.FALLBACK, seen)
            : (decode.anybody() ? prefill : decode).refusal();
      }
    }
    if (!targets.aggregated().isEmpty()) {
      Placement placement = targets.hasPools() ? Placement.FALLBACK : Placement.AGGREGATED;
      return onOne(screening(targets.aggregated(), seen), placement, seen);
    }
    return targets.decode().isEmpty() || !decodeMayPrefill()
        ? Refusal.NO_TARGET
        : onOne(screening(targets.decode(), seen), Placement.FALLBACK, seen);
  }

  /** Priced the prompt on the target that computes it; asked after a decision. */
  Pick prompt() {
    return prompt;
  }

  private RouteResult onOne(Screening screening, Placement placement, List<Screening> seen) {
    if (!screening.anybody()) {
      return screening.refusal();
    }
    prompt = pick(promptPick, screening, query.policy());
    return decision(null, placement, seen);
  }

  private Decision inPools(Screening prefill, Screening decode, List<Screening> seen) {
    Disaggregation split = query.rules().disaggregation();
    Pick generates;
    if (split.links().free()) {
      prompt = pick(promptPick, prefill, query.policy());
      generates = pick(decodePick, decode, DecodeLoad.INSTANCE);
    } else {
      others.start(query, decode.admitted(), overlaps, recent, facts.nowNanos());
      prompt = pick(promptPick, prefill, new PairedPolicy(query.policy(), split, others));
      generates = pick(decodePick, decode, new DecodePolicy(split, prompt.target()));
    }
    if (split.decodeMayPrefill()) {
      Pick local = pick(localPick, decode, query.policy());
      long prefillRequests = facts.activeRequests(prompt.target());
      int uncached = query.promptTokens() - local.overlap().cachedTokens();
      // The wait for a place to generate is met either way.
      double localCost =
          local.costWithout(KvPolicy.PLACE_TERM)
              + split.decodeCost(facts.activeBlocks(local.target()));
      double promptCost = prompt.costWithout(KvPolicy.PLACE_TERM);
      double remoteCost =
          split.links().free()
              ? promptCost + split.decodeCost(facts.activeBlocks(generates.target()))
              : promptCost;
      if (split.staysLocal(
          query.promptTokens(), uncached, prefillRequests, localCost, remoteCost)) {
        prompt = local;
        return decision(null, Placement.LOCAL_PREFILL, seen);
      }
    }
    return decision(generates, Placement.DISAGGREGATED, seen);
  }

  private Pick pick(Pick into, Screening screening, Policy policy) {
    return into.choose(query, screening.admitted(), overlaps, recent, policy, facts.nowNanos());
  }

  private Decision decision(@Nullable Pick generates, Placement placement, List<Screening> seen) {
    return new Decision(
        generates == null ? prompt.target() : generates.target(),
        generates == null ? null : prompt.target(),
        placement,
        generates == null ? null : new HandOver(generates.missingBlocks()),
        prompt.overlap(),
        Decision.NOT_BOOKED,
        query.policy().policyName(),
        prompt.price(),
        query.explain() ? explained(generates) : List.of(),
        query.explain() ? excluded(seen) : List.of());
  }

  private Screening screening(List<Target> targets, List<Screening> seen) {
    ChoiceRules rules = query.rules();
    boolean prefillOnly = targets.getFirst().worker().role() == Role.PREFILL;
    Screening screening =
        (prefillOnly ? prefillScreening : otherScreening)
            .of(
                targets,
                prefillOnly ? rules.prefillFilters() : rules.filters(),
                rules.loraName(),
                facts);
    Session asked = rules.session();
    Target stays = session == null ? null : session.targetFor(prefillOnly);
    if (asked != null && stays != null) {
      screening = screening.onSession(stays, asked, facts);
    }
    if (query.explain()) {
      seen.add(screening);
    }
    return screening;
  }

  private boolean decodeMayPrefill() {
    return query.rules().disaggregation().decodeMayPrefill();
  }

  private List<CandidateCost> explained(@Nullable Pick generates) {
    List<CandidateCost> explained = new ArrayList<>(prompt.explain());
    if (generates != null) {
      explained.addAll(generates.explain());
    }
    return explained;
  }

  private List<ExcludedTarget> excluded(List<Screening> seen) {
    List<ExcludedTarget> excluded = new ArrayList<>();
    for (Screening screening : seen) {
      List<Screening.Excluded> out = screening.excluded();
      others.start(
          query,
          out.stream().map(Screening.Excluded::target).toList(),
          overlaps,
          recent,
          facts.nowNanos());
      for (int i = 0; i < out.size(); i++) {
        excluded.add(others.excluded(i, out.get(i).by()));
      }
    }
    return excluded;
  }
}
