/** The machine as systeminformation describes it. For people, never for detection. */
export interface HostOverview {
  readonly os: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  /** 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  /** 0 to 1 over all cores. */
  readonly busyShare: number;
  readonly disks: readonly {
    readonly mount: string;
    readonly type: string;
    readonly sizeBytes: number;
    readonly usedBytes: number;
  }[];
  /** Parts that did not answer in time, one sentence each. */
  readonly problems: readonly string[];
}
