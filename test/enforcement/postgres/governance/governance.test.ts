import { describePostgres } from '../../../support/databases.js'
import { corpusThroughDoor } from '../../governance/suite.js'
import { POSTGRES_DOOR } from './kind.js'

describePostgres('the corpus through the PostgreSQL door', () => corpusThroughDoor(POSTGRES_DOOR))
