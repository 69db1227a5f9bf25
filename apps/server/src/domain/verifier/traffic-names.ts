/** The five buckets, as reports and the record name them, and the decoys among the invalid. */
export const trafficNames = ["verified", "outdated", "unknownOrigin", "invalid", "reused", "decoys"] as const;

export type TrafficName = (typeof trafficNames)[number];

export type TrafficCounts = Readonly<Record<TrafficName, number>>;
