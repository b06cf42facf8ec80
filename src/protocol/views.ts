/**
 * The pictures of a job. The object faces +Z and +Y is up; the camera of `front` stands at +Z, `back` at -Z,
 * `left` at +X (it shows the object's own left side) and `right` at -X.
 */
export const VIEW_NAMES = ['front', 'back', 'left', 'right'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

/** Azimuth of each view's camera in degrees, counter-clockwise seen from above, 0 at +Z. */
export const VIEW_AZIMUTH_DEGREES: Readonly<Record<ViewName, number>> = { front: 0, left: 90, back: 180, right: 270 };
