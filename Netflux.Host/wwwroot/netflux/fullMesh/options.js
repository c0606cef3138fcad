// The numbers of the full mesh, in milliseconds: those of Netflux.Overlays.FullMesh.FullMeshOptions, where each says where it comes from.

export const MESH = {
  joinSettle: 2_000,
  joinTimeout: 8_000,
  refusalsBelieved: 3,
  newcomerTime: 3_000,
  lastPlaceHold: 1_000,
  retryMin: 250,
  retryMax: 2_500,
  retrySpread: 0.2,
  connectPatience: 20_000,
  lostMemory: 600_000,
  unreachedMemory: 30_000,
  offlineMemory: 180_000,
  offlineRetryMin: 5_000,
  offlineRetriesMax: 5,
  tombstoneTime: 60_000,
  vouchTime: 600_000,
  rememberedPerPlace: 4,
  antiEntropyInterval: 3_000,
  invalidRecordsMax: 256,
  verificationsBurst: 200,
  verificationsPerSecond: 20,
  listsAnsweredBurst: 5,
  listsAnsweredPerSecond: 1,
  banTime: 60_000,
  introductionBytesMax: 8_192,
  introductionsBurst: 100,
  introductionsPerSecond: 10,
};

/** @param {number} span @param {number} spread @param {() => number} random in [0, 1) */
export const jitter = (span, spread, random) => span * (1 + spread * (2 * random() - 1));
