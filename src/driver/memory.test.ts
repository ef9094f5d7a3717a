import { driverContract } from './driver-contract.suite.ts';
import { memoryNetwork } from './memory.ts';

driverContract('memory', memoryNetwork);
