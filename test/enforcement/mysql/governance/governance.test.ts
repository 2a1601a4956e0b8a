import { describeMariadb } from '../../../support/databases.js'
import { corpusThroughDoor } from '../../governance/suite.js'
import { MYSQL_DOOR } from './kind.js'

describeMariadb('the corpus through the MySQL door', () => corpusThroughDoor(MYSQL_DOOR))
