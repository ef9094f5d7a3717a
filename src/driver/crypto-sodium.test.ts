import { cryptoContract } from './crypto-contract.suite.ts';
import { createSodiumCrypto } from './crypto-sodium.ts';

cryptoContract('sodium', createSodiumCrypto);
