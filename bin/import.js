/** For the bundled command line: code that Node 20 kept compiled cannot import anything itself. */
module.exports = (id) => import(id)
