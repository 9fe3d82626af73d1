//! Arithmetic on minor units: exact in 128 bits, rounded where it is said.

/// All of it, in basis points.
pub(super) const WHOLE_BP: i128 = 10_000;

/// `amount * numerator / denominator`, rounded half away from zero. The denominator is positive.
pub(super) fn part(amount: i128, numerator: i128, denominator: i128) -> i128 {
    let product = amount.saturating_mul(numerator);
    let half = if product < 0 { -(denominator / 2) } else { denominator / 2 };
    // An odd denominator has no exact half, so that its floor never reaches one by mistake.
    product.saturating_add(half) / denominator.max(1)
}

/// What is left of an amount after so many basis points off, rounded as in [`crate::money::line_total_minor`].
pub(super) fn without(amount: i128, discount_bp: i64) -> i128 {
    part(amount, WHOLE_BP - i128::from(discount_bp), WHOLE_BP)
}

/// Shares `total` out in proportion to the weights: each share rounded down, what remains handed out in single units by
/// largest remainder, the first of equals first. No share exceeds its weight if the total does not exceed their sum.
pub(super) fn spread(total: i128, weights: &[i128]) -> Vec<i128> {
    let sum: i128 = weights.iter().sum();
    if sum <= 0 {
        return vec![0; weights.len()];
    }
    let mut shares: Vec<i128> = weights.iter().map(|weight| total * weight / sum).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&n| (std::cmp::Reverse(total * weights[n] % sum), n));
    let left = total - shares.iter().sum::<i128>();
    for &n in by_remainder.iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[n] += 1;
    }
    shares
}

/// The nearest `i64`.
pub(super) fn fit(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}

/// Basis points for people: `250` is `2.5%`.
pub(super) fn percent(bp: i64) -> String {
    let (whole, rest) = (bp / 100, bp % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole}%"),
        (_, 0) => format!("{whole}.{}%", rest / 10),
        _ => format!("{whole}.{rest:02}%"),
    }
}
