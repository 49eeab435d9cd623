//! Medians, and how far the rounds lie apart.

/// What several rounds say about one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    /// The first and the third quartile.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Figure {
    /// `None` where no round says anything.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Figure> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        Some(Figure {
            median: (values[last / 2] + values[last.div_ceil(2)]) / 2.0,
            low: values[last / 4],
            high: values[last - last / 4],
        })
    }

    /// Without a spread: measured once.
    pub(crate) fn single(value: f64) -> Figure {
        Figure { median: value, low: value, high: value }
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn the_median_lies_between_the_quartiles() {
        let figure = Figure::of([7.0, 1.0, 5.0, 3.0, 2.0, 6.0, 4.0]);
        assert_eq!(figure, Some(Figure { median: 4.0, low: 2.0, high: 6.0 }));
        assert_eq!(Figure::of([2.0, 1.0]), Some(Figure { median: 1.5, low: 1.0, high: 2.0 }));
        assert_eq!(Figure::of([]), None);
        assert_eq!(Figure::of([f64::NAN, 3.0]), Some(Figure::single(3.0)));
    }
}
