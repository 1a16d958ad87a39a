// #region snippet
import { recordCacheHit, recordCacheMiss, recordCacheSavings } from 'llm-edge-monitoring';

// L1 is in memory, L2 shared (Redis), L3 durable (DynamoDB): this answer was found in the second place.
recordCacheMiss('L1');
recordCacheHit('L2');
recordCacheSavings('L2', 0.0075);
// #endregion
